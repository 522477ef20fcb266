// The tables, as an ordered list of migrations. A migration that was released is never edited: add another one.
// Names are the seed system's where it had one: `user_id` is the connection's name.
// Columns of type BLOB hold envelopes (core/secrets/envelope.ts); times are epoch milliseconds, but Calendly's own (ISO 8601 text).

/** One step from version n to n + 1, where n is its index. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE calendar_connections (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL UNIQUE,
    provider TEXT NOT NULL DEFAULT 'calendly' CHECK (provider = 'calendly'),
    email TEXT,
    auth TEXT NOT NULL CHECK (auth IN ('oauth', 'personal_access_token')),
    client_id TEXT,
    access_token BLOB,
    refresh_token BLOB,
    token_expires_at INTEGER,
    token_generation INTEGER NOT NULL,
    scopes TEXT NOT NULL,
    calendly_user_uri TEXT,
    calendly_organization_uri TEXT,
    role TEXT CHECK (role IN ('owner', 'admin', 'user')),
    desired_webhook TEXT,
    calendly_webhook_id TEXT,
    calendly_webhook_signing_key BLOB,
    needs_connect TEXT CHECK (needs_connect IN ('revoked', 'lost_response', 'client_changed')),
    is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE calendly_webhook_subscriptions (
    webhook_subscription_uri TEXT PRIMARY KEY,
    user_id TEXT,
    organization_uri TEXT NOT NULL,
    user_uri TEXT,
    group_uri TEXT,
    callback_url TEXT NOT NULL,
    events TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('organization', 'user', 'group')),
    origin TEXT NOT NULL CHECK (origin IN ('connection', 'created', 'key_added')),
    webhook_signing_key BLOB,
    webhook_signing_key_since INTEGER,
    previous_signing_key BLOB,
    previous_signing_key_since INTEGER,
    previous_signing_key_until INTEGER,
    is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX calendly_webhook_subscriptions_user_id ON calendly_webhook_subscriptions (user_id);

  -- A connection's signing key is the envelope of its subscription, copied as it is: one key, one truth.
  CREATE TRIGGER connection_follows_webhook AFTER UPDATE OF calendly_webhook_id ON calendar_connections
  BEGIN
    UPDATE calendar_connections SET calendly_webhook_signing_key =
      (SELECT webhook_signing_key FROM calendly_webhook_subscriptions WHERE webhook_subscription_uri = NEW.calendly_webhook_id)
    WHERE id = NEW.id;
  END;
  CREATE TRIGGER connection_follows_new_key AFTER INSERT ON calendly_webhook_subscriptions
  BEGIN
    UPDATE calendar_connections SET calendly_webhook_signing_key = NEW.webhook_signing_key
    WHERE calendly_webhook_id = NEW.webhook_subscription_uri;
  END;
  CREATE TRIGGER connection_follows_changed_key AFTER UPDATE OF webhook_signing_key ON calendly_webhook_subscriptions
  BEGIN
    UPDATE calendar_connections SET calendly_webhook_signing_key = NEW.webhook_signing_key
    WHERE calendly_webhook_id = NEW.webhook_subscription_uri;
  END;

  CREATE TABLE token_refreshes (
    id TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES calendar_connections (id) ON DELETE CASCADE,
    generation INTEGER NOT NULL,
    outcome TEXT CHECK (outcome IN ('stored', 'refused', 'superseded', 'not_sent', 'needs_connect')),
    started_at INTEGER NOT NULL,
    settled_at INTEGER
  ) STRICT;
  CREATE INDEX token_refreshes_generation ON token_refreshes (connection_id, generation);

  CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    command TEXT NOT NULL,
    user_id TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'done', 'partial', 'failed')),
    plan TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER
  ) STRICT;
  CREATE INDEX runs_user_id ON runs (user_id, number);

  CREATE TABLE run_steps (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step_index INTEGER NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('keep', 'create', 'delete', 'replace')),
    step TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('intended', 'settled', 'failed')),
    outcome TEXT,
    new_uri TEXT,
    gap_ms INTEGER,
    error TEXT,
    backup TEXT,
    origin TEXT NOT NULL CHECK (origin IN ('connection', 'created', 'key_added')),
    signing_key BLOB,
    remote_started_at INTEGER NOT NULL,
    seen_before TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    settled_at INTEGER,
    PRIMARY KEY (run_id, step_index)
  ) STRICT;
  CREATE INDEX run_steps_unsettled ON run_steps (run_id) WHERE state = 'intended';

  CREATE TABLE flows (
    flow_id TEXT PRIMARY KEY,
    state TEXT NOT NULL UNIQUE,
    code_verifier BLOB NOT NULL,
    redirect_uri TEXT NOT NULL,
    scopes TEXT,
    request TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE rate_budget (
    id INTEGER PRIMARY KEY,
    bucket TEXT NOT NULL,
    taken_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX rate_budget_bucket ON rate_budget (bucket, taken_at);

  CREATE TABLE api_log (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    run_id TEXT,
    account TEXT,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    duration_ms REAL NOT NULL,
    request_body TEXT,
    response_body TEXT,
    failure TEXT,
    status INTEGER,
    answer TEXT NOT NULL
  ) STRICT;
  CREATE INDEX api_log_at ON api_log (at);
  CREATE INDEX api_log_run_id ON api_log (run_id);
  `,
  `
  -- Counts only: how many subscriptions an audit found, one row for each caller and day.
  CREATE TABLE audit_snapshots (
    user_uri TEXT NOT NULL,
    organization_uri TEXT NOT NULL,
    day TEXT NOT NULL,
    at INTEGER NOT NULL,
    total INTEGER NOT NULL,
    active INTEGER NOT NULL,
    PRIMARY KEY (user_uri, organization_uri, day)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- A subscription belongs to the store: every connection that asked for it owns it, and user_id is the one that looks after it.
  -- Connections that merely desire what is at its place own it as well; that is read where it is written (desired_webhook).
  CREATE TABLE calendly_webhook_owners (
    webhook_subscription_uri TEXT NOT NULL REFERENCES calendly_webhook_subscriptions (webhook_subscription_uri) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (webhook_subscription_uri, user_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX calendly_webhook_owners_user_id ON calendly_webhook_owners (user_id);
  INSERT INTO calendly_webhook_owners (webhook_subscription_uri, user_id, since)
    SELECT webhook_subscription_uri, user_id, created_at FROM calendly_webhook_subscriptions
    WHERE user_id IS NOT NULL AND origin <> 'key_added'
    UNION
    SELECT s.webhook_subscription_uri, c.user_id, s.created_at FROM calendar_connections c
    JOIN calendly_webhook_subscriptions s ON s.webhook_subscription_uri = c.calendly_webhook_id;
  CREATE INDEX calendar_connections_organization ON calendar_connections (calendly_organization_uri);
  `,
  `
  -- What Calendly says is kept as it says it: a role or a scope that is not known here must not keep anything from being stored.
  -- SQLite drops a check only with its column.
  ALTER TABLE calendar_connections ADD COLUMN role_as_told TEXT;
  UPDATE calendar_connections SET role_as_told = role;
  ALTER TABLE calendar_connections DROP COLUMN role;
  ALTER TABLE calendar_connections RENAME COLUMN role_as_told TO role;
  ALTER TABLE calendly_webhook_subscriptions ADD COLUMN scope_as_told TEXT NOT NULL DEFAULT '';
  UPDATE calendly_webhook_subscriptions SET scope_as_told = scope;
  ALTER TABLE calendly_webhook_subscriptions DROP COLUMN scope;
  ALTER TABLE calendly_webhook_subscriptions RENAME COLUMN scope_as_told TO scope;
  `,
  `
  -- OAuth apps, so that nobody must export a client id in every shell and cron job. A connection names its own by client id.
  CREATE TABLE oauth_apps (
    client_id TEXT PRIMARY KEY,
    name TEXT UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('web', 'native')),
    client_secret BLOB,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;
  `,
  `
  -- adopted_at: somebody else's, taken as it is. displaced_at: ours, and found replaced by somebody else's.
  ALTER TABLE calendly_webhook_subscriptions ADD COLUMN adopted_at INTEGER;
  ALTER TABLE calendly_webhook_subscriptions ADD COLUMN displaced_at INTEGER;
  `,
  `
  -- Bytes that a refresh under way holds, so that there is room for the new pair once the old one is spent.
  ALTER TABLE token_refreshes ADD COLUMN room BLOB;
  `,
  `
  -- When a connection was last made right, or was tried: what reconnect --all --older-than and --failed ask.
  CREATE TABLE reconciliations (
    connection_id TEXT PRIMARY KEY REFERENCES calendar_connections (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    error TEXT
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What people call the organization. Another organization's name goes with its URI.
  ALTER TABLE calendar_connections ADD COLUMN organization_name TEXT;
  CREATE TRIGGER organization_name_follows AFTER UPDATE OF calendly_organization_uri ON calendar_connections
  WHEN NEW.calendly_organization_uri IS NOT OLD.calendly_organization_uri
  BEGIN
    UPDATE calendar_connections SET organization_name = NULL WHERE id = NEW.id;
  END;
  `,
]

/** What `PRAGMA application_id` says of a store: "CalR". Tells our files from those of other programs. */
export const APPLICATION_ID = 0x43616c52

/** All of it as SQL that makes a store of an empty database, for people who let nobody else make their tables. */
export function schemaSql(): { readonly sql: string; readonly schemaVersion: number } {
  const schemaVersion = MIGRATIONS.length
  const marks = `PRAGMA application_id = ${APPLICATION_ID};\nPRAGMA user_version = ${schemaVersion};`
  const steps = MIGRATIONS.map((step) => step.replaceAll(/^ {2}/gm, '').trim())
  return { sql: ['BEGIN;', ...steps, marks, 'COMMIT;'].join('\n\n'), schemaVersion }
}
