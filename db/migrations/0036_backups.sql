-- Where the backups of this book are, so that whoever asks how old the newest is need not look for files.

create table backup (
  id uuid primary key,
  made_at timestamptz not null,
  file text not null,
  bytes bigint not null,
  content_sha256 sha256_digest not null,
  schema_version integer not null,
  ledger_height bigint,
  key_files sha256_digest[] not null,
  restored_at timestamptz
);
comment on table backup is 'Backups that spillway backup made of this database, each read back whole before its row was written.';
comment on column backup.id is 'As in the file.';
comment on column backup.made_at is 'When its snapshot was taken: what was committed later is not in it.';
comment on column backup.file is 'Where it was written to; it may be elsewhere by now.';
comment on column backup.content_sha256 is 'What the file''s own checksum says.';
comment on column backup.schema_version is 'The newest migration it has.';
comment on column backup.ledger_height is 'The last sealed block in it; null: none was sealed yet.';
comment on column backup.key_files is 'Of each encrypted key file in it, the hash of the file.';
comment on column backup.restored_at is 'Set: this database was made from that file.';
create index backup_made_at on backup (made_at);
comment on index backup_made_at is 'The newest.';
