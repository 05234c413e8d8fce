-- Coins that a payment had of a processor's transfer may turn out to be somebody else's: then its processor owes them again.

alter table payment add column arrivals_lost integer not null default 0 check (arrivals_lost >= 0);
comment on column payment.arrivals_lost is
  'How often coins that it had were given to somebody else by two persons; since then its processor owes them again.';
