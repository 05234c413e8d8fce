-- A payee enters their own destination, by a link that an operator makes.

create table payee_invitation (
  id uuid primary key,
  token_hash sha256_digest not null,
  external_id text not null,
  name text not null,
  payout_mode text not null check (payout_mode in ('instant', 'threshold')),
  threshold_asset text not null,
  threshold_amount base_units not null check (threshold_amount > 0),
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  payee_id uuid references payee (id),
  revoked_at timestamptz,
  constraint invitation_token unique (token_hash),
  constraint used_is_whole check ((used_at is null) = (payee_id is null)),
  constraint ended_once check (used_at is null or revoked_at is null)
);
comment on table payee_invitation is 'A link by which somebody enters where they are paid, once; the payee is made of it then.';
comment on column payee_invitation.token_hash is 'The link itself is shown once and stored nowhere.';
comment on column payee_invitation.payee_id is 'Who was made of it.';
comment on constraint invitation_token on payee_invitation is 'A link leads to one invitation.';
comment on constraint used_is_whole on payee_invitation is 'What was used made a payee.';
comment on constraint ended_once on payee_invitation is 'A link that was taken back makes nobody.';
create unique index payee_invitation_open on payee_invitation (external_id) where used_at is null and revoked_at is null;
comment on index payee_invitation_open is 'Of several links for one person only the newest is good.';
create index payee_invitation_external_id on payee_invitation (external_id, created_at, id);
comment on index payee_invitation_external_id is 'The links that were made for somebody.';
create index payee_invitation_newest on payee_invitation (created_at, id);
comment on index payee_invitation_newest is 'Pages of invitations, newest first.';
create trigger keeps_terms before update of id, token_hash, external_id, name, payout_mode, threshold_asset, threshold_amount, expires_at
    or delete or truncate
  on payee_invitation for each statement execute function refuse_loss();
comment on trigger keeps_terms on payee_invitation is 'Whoever has the link was promised these terms.';
