-- What was let go counts from the moment when it was, and what waits as long as it waits.
drop index authorisation_spent;
create index authorisation_spent on authorisation (updated_at) include (payee_id, approvers, usd_micros)
  where subject = 'payout' and status = 'granted';
comment on index authorisation_spent is 'What was let go in a day and a month.';
