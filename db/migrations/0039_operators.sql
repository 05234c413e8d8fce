-- Who somebody is, whatever key they use: two keys of one person are one person where a decision needs two.

create table operator (
  id uuid primary key,
  name text not null,
  email text,
  created_by text not null,
  created_at timestamptz not null,
  retired_by text,
  retired_at timestamptz,
  constraint has_a_name check (btrim(name) <> '' and name = btrim(name)),
  constraint retired_by_somebody check ((retired_at is null) = (retired_by is null))
);
comment on table operator is 'Whoever may use the API: a person, or a program of somebody''s. Whom a key belongs to.';
comment on column operator.name is 'As others call them. It never changes: past decisions are kept under it.';
comment on column operator.email is 'Where they are reached; null: not told.';
comment on column operator.retired_at is 'Their keys are refused from then on, for ever; null: they are with us.';
comment on constraint has_a_name on operator is 'A name with blanks around it would be another name.';
comment on constraint retired_by_somebody on operator is 'Somebody says so.';
create unique index operator_name on operator (lower(name));
comment on index operator_name is 'One name is one person, however it is spelled.';
create unique index operator_email on operator (lower(email)) where email is not null and retired_at is null;
comment on index operator_email is 'One address leads to one person.';
create trigger keeps_name before update of id, name, created_by, created_at or delete or truncate
  on operator for each statement execute function refuse_loss();
comment on trigger keeps_name on operator is 'What was decided stays under the name of whoever decided it.';

insert into operator (id, name, created_by, created_at)
  select distinct on (lower(btrim(owner))) gen_random_uuid(), btrim(owner), coalesce(created_by, 'migration'), created_at
  from api_key where payee_id is null order by lower(btrim(owner)), created_at, id;

alter table api_key add column operator_id uuid references operator;
update api_key set operator_id = o.id from operator o where payee_id is null and lower(btrim(owner)) = lower(o.name);
alter table api_key drop column owner, drop column created_person;
comment on column api_key.operator_id is 'Whose it is; null: a payee''s own.';
comment on column api_key.created_by is
  'Who made it; null: that was not kept yet. Whoever has a key and whoever made it are not two people, nor whoever made that one.';
create index api_key_operator on api_key (operator_id) where operator_id is not null;
comment on index api_key_operator is 'The keys of a person.';
