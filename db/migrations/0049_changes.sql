-- What no transfer shows and money hangs on is agreed to in the one queue: limits, losses, whose coins something is.

alter table authorisation
  drop constraint authorisation_subject, drop constraint authorisation_status, drop constraint watched_while_live,
  drop constraint unread_policy_asks_two,
  add constraint authorisation_subject check (subject in ('payout', 'refund', 'change')),
  add constraint authorisation_status check (status in ('waiting', 'granted', 'applied', 'rejected', 'void', 'expired')),
  add constraint watched_while_live check (status in ('granted', 'applied', 'rejected', 'void', 'expired')
    or (next_check_at is not null and deadline_at is not null)),
  add constraint unread_policy_asks_two check (policy_version is not null or approvers = 2 or subject = 'change');
comment on column authorisation.subject_id is 'Of the payout or refund; of a change, what follows from its terms.';
comment on constraint authorisation_subject on authorisation is
  'What goes to others, and what is changed by people''s word; what goes to ourselves is the policy''s alone.';
comment on constraint authorisation_status on authorisation is 'src/policy/authorisation.ts';
comment on constraint watched_while_live on authorisation is 'What waits is looked at again, and shown once it takes too long.';
comment on constraint unread_policy_asks_two on authorisation is
  'Without a policy nothing is let go by it. A change takes one more person then: somebody must put a policy there.';

-- The decisions of two persons are changes that people agreed to. Those that wait are asked for anew.
insert into authorisation (id, subject, subject_id, terms, terms_hash, policy_version, approvers, because, requested_by,
    requested_person, status, done_task, expires_at, created_at, updated_at)
  select gen_random_uuid(), 'change', d.id,
    jsonb_build_object('change', decision, 'of', subject, 'input_sha256', encode(input_hash, 'hex')),
    sha256(convert_to('[["change",' || to_json(decision) || '],["input_sha256",' || to_json(encode(input_hash, 'hex'))
      || '],["of",' || to_json(subject) || ']]', 'UTF8')),
    null, 1, array[coalesce(because, decision)], first_by, first_person,
    case when second_by is null then 'expired' else 'applied' end, 'policy.apply_change', expires_at, first_at,
    coalesce(ended_at, first_at)
  from two_person_decision d;
insert into approval (authorisation_id, person, by, terms_hash, at)
  select a.id, second_person, second_by, a.terms_hash, ended_at
  from two_person_decision d join authorisation a on a.subject_id = d.id and a.subject = 'change' where second_by is not null;
drop table two_person_decision;
