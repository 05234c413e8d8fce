-- Decisions that one person may not make alone.

alter table api_key add column owner text;
update api_key set owner = name;
alter table api_key alter column owner set not null;
comment on column api_key.owner is
  'Whose key it is, as whoever made it says. Keys of one owner are one person where a decision needs two.';

create table two_person_decision (
  id uuid primary key,
  decision text not null,
  subject text not null,
  input_hash bytea not null,
  first_by text not null,
  first_person text not null,
  first_at timestamptz not null,
  expires_at timestamptz not null,
  second_by text,
  second_person text check (second_person <> first_person),
  ended_at timestamptz,
  check ((second_by is null) = (second_person is null)),
  check (second_by is null or ended_at is not null)
);
comment on table two_person_decision is
  'A decision that needs two persons: who asked for it first, and who confirmed it. Kept for ever.';
comment on column two_person_decision.input_hash is 'Tells the very same request from another one about the same thing.';
comment on column two_person_decision.first_by is 'As the histories name them: api_key:<id>, cli:<user>.';
comment on column two_person_decision.first_person is 'Who that is: the owner of the key, or the command line.';
comment on column two_person_decision.ended_at is
  'When the second person confirmed it, or, where nobody did, when it was found expired. Null: it waits.';
create unique index two_person_decision_waiting on two_person_decision (decision, subject, input_hash)
  where ended_at is null;
comment on index two_person_decision_waiting is
  'One first person a request: of two at once, one is the first and the other may confirm.';
