// The tables on PostgreSQL, as an ordered list of migrations. A migration that was released is never edited: add another one.
// The same tables as on SQLite (../sqlite/schema.ts), which has the words about them. Names sort by bytes there, and so here.

/** One step from version n to n + 1, where n is its index. Run with the schema as the only search_path. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE settings (name text COLLATE "C" PRIMARY KEY, value text NOT NULL);

  CREATE TABLE calendar_connections (
    id text COLLATE "C" PRIMARY KEY,
    user_id text COLLATE "C" NOT NULL UNIQUE,
    provider text NOT NULL DEFAULT 'calendly' CHECK (provider = 'calendly'),
    email text,
    auth text NOT NULL CHECK (auth IN ('oauth', 'personal_access_token')),
    client_id text,
    access_token bytea,
    refresh_token bytea,
    token_expires_at bigint,
    token_generation bigint NOT NULL,
    scopes text NOT NULL,
    calendly_user_uri text,
    calendly_organization_uri text,
    organization_name text,
    role text,
    desired_webhook text,
    calendly_webhook_id text,
    calendly_webhook_signing_key bytea,
    needs_connect text CHECK (needs_connect IN ('revoked', 'lost_response', 'client_changed')),
    is_active integer NOT NULL CHECK (is_active IN (0, 1)),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
  );
  CREATE INDEX calendar_connections_organization ON calendar_connections (calendly_organization_uri);

  CREATE TABLE calendly_webhook_subscriptions (
    webhook_subscription_uri text COLLATE "C" PRIMARY KEY,
    user_id text COLLATE "C",
    organization_uri text NOT NULL,
    user_uri text,
    group_uri text,
    callback_url text NOT NULL,
    events text NOT NULL,
    scope text NOT NULL,
    origin text NOT NULL CHECK (origin IN ('connection', 'created', 'key_added')),
    webhook_signing_key bytea,
    webhook_signing_key_since bigint,
    previous_signing_key bytea,
    previous_signing_key_since bigint,
    previous_signing_key_until bigint,
    is_active integer NOT NULL CHECK (is_active IN (0, 1)),
    adopted_at bigint,
    displaced_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
  );
  CREATE INDEX calendly_webhook_subscriptions_user_id ON calendly_webhook_subscriptions (user_id);

  CREATE TABLE calendly_webhook_owners (
    webhook_subscription_uri text COLLATE "C" NOT NULL REFERENCES calendly_webhook_subscriptions ON DELETE CASCADE,
    user_id text COLLATE "C" NOT NULL,
    since bigint NOT NULL,
    PRIMARY KEY (webhook_subscription_uri, user_id)
  );
  CREATE INDEX calendly_webhook_owners_user_id ON calendly_webhook_owners (user_id);

  -- A connection's signing key is the envelope of its subscription, copied as it is; another organization's name goes with its URI.
  CREATE FUNCTION connection_follows_webhook() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
  BEGIN
    NEW.calendly_webhook_signing_key :=
      (SELECT webhook_signing_key FROM calendly_webhook_subscriptions WHERE webhook_subscription_uri = NEW.calendly_webhook_id);
    RETURN NEW;
  END $$;
  CREATE TRIGGER connection_follows_webhook BEFORE UPDATE OF calendly_webhook_id ON calendar_connections
    FOR EACH ROW EXECUTE FUNCTION connection_follows_webhook();
  CREATE FUNCTION connection_follows_key() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
  BEGIN
    UPDATE calendar_connections SET calendly_webhook_signing_key = NEW.webhook_signing_key
    WHERE calendly_webhook_id = NEW.webhook_subscription_uri;
    RETURN NULL;
  END $$;
  CREATE TRIGGER connection_follows_new_key AFTER INSERT ON calendly_webhook_subscriptions
    FOR EACH ROW EXECUTE FUNCTION connection_follows_key();
  CREATE TRIGGER connection_follows_changed_key AFTER UPDATE OF webhook_signing_key ON calendly_webhook_subscriptions
    FOR EACH ROW EXECUTE FUNCTION connection_follows_key();
  CREATE FUNCTION organization_name_follows() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    NEW.organization_name := NULL;
    RETURN NEW;
  END $$;
  CREATE TRIGGER organization_name_follows BEFORE UPDATE OF calendly_organization_uri ON calendar_connections
    FOR EACH ROW WHEN (NEW.calendly_organization_uri IS DISTINCT FROM OLD.calendly_organization_uri)
    EXECUTE FUNCTION organization_name_follows();

  CREATE TABLE token_refreshes (
    id text COLLATE "C" PRIMARY KEY,
    connection_id text COLLATE "C" NOT NULL REFERENCES calendar_connections ON DELETE CASCADE,
    generation bigint NOT NULL,
    outcome text CHECK (outcome IN ('stored', 'refused', 'superseded', 'not_sent', 'needs_connect')),
    started_at bigint NOT NULL,
    settled_at bigint,
    room bytea
  );
  CREATE INDEX token_refreshes_generation ON token_refreshes (connection_id, generation);
  CREATE INDEX token_refreshes_settled ON token_refreshes (settled_at);

  CREATE TABLE reconciliations (
    connection_id text COLLATE "C" PRIMARY KEY REFERENCES calendar_connections ON DELETE CASCADE,
    at bigint NOT NULL,
    error text
  );

  CREATE TABLE runs (
    number bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    command text NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'done', 'partial', 'failed')),
    plan text NOT NULL,
    started_at bigint NOT NULL,
    finished_at bigint
  );
  CREATE INDEX runs_user_id ON runs (user_id, number);

  CREATE TABLE run_steps (
    run_id text COLLATE "C" NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step_index integer NOT NULL,
    action text NOT NULL CHECK (action IN ('keep', 'create', 'delete', 'replace')),
    step text NOT NULL,
    state text NOT NULL CHECK (state IN ('intended', 'settled', 'failed')),
    outcome text,
    new_uri text,
    gap_ms bigint,
    error text,
    backup text,
    origin text NOT NULL CHECK (origin IN ('connection', 'created', 'key_added')),
    signing_key bytea,
    remote_started_at bigint NOT NULL,
    seen_before text NOT NULL,
    started_at bigint NOT NULL,
    settled_at bigint,
    PRIMARY KEY (run_id, step_index)
  );
  CREATE INDEX run_steps_unsettled ON run_steps (run_id) WHERE state = 'intended';

  CREATE TABLE flows (
    flow_id text COLLATE "C" PRIMARY KEY,
    state text COLLATE "C" NOT NULL UNIQUE,
    code_verifier bytea NOT NULL,
    redirect_uri text NOT NULL,
    scopes text,
    request text NOT NULL,
    expires_at bigint NOT NULL
  );

  CREATE TABLE oauth_apps (
    client_id text COLLATE "C" PRIMARY KEY,
    name text UNIQUE,
    kind text NOT NULL CHECK (kind IN ('web', 'native')),
    client_secret bytea,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
  );

  CREATE TABLE rate_budget (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    bucket text COLLATE "C" NOT NULL,
    taken_at bigint NOT NULL
  );
  CREATE INDEX rate_budget_bucket ON rate_budget (bucket, taken_at);

  CREATE TABLE audit_snapshots (
    user_uri text COLLATE "C" NOT NULL,
    organization_uri text COLLATE "C" NOT NULL,
    day text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    total bigint NOT NULL,
    active bigint NOT NULL,
    PRIMARY KEY (user_uri, organization_uri, day)
  );

  CREATE TABLE api_log (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    at bigint NOT NULL,
    run_id text COLLATE "C",
    account text,
    method text NOT NULL,
    path text NOT NULL,
    attempt integer NOT NULL,
    duration_ms double precision NOT NULL,
    request_body text,
    response_body text,
    failure text,
    status integer,
    answer text NOT NULL
  );
  CREATE INDEX api_log_at ON api_log (at);
  CREATE INDEX api_log_run_id ON api_log (run_id);
  `,
]

/** Every table that a store of this version has. */
export const TABLES: readonly string[] = MIGRATIONS.flatMap((sql) => [...sql.matchAll(/CREATE TABLE (\w+)/g)].map(([, name = '']) => name))

/** One statement, which says of which version the tables are. */
export const VERSION_TABLE = 'CREATE TABLE schema_version (version integer NOT NULL, one boolean PRIMARY KEY DEFAULT true CHECK (one))'

/** All of it as SQL that makes a store, for people whose database is somebody else's to change. */
export function schemaSql(schema: string, role: string): { readonly sql: string; readonly schemaVersion: number } {
  const schemaVersion = MIGRATIONS.length
  const steps = MIGRATIONS.map((step) => step.replaceAll(/^ {2}/gm, '').trim())
  const to = `"${role.replaceAll('"', '""')}"`
  const grants = [
    `GRANT USAGE ON SCHEMA "${schema}" TO ${to};`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "${schema}" TO ${to};`,
  ].join('\n')
  const marks = `${VERSION_TABLE};\nINSERT INTO schema_version (version) VALUES (${schemaVersion});`
  const begin = `BEGIN;\n\nCREATE SCHEMA "${schema}";\nSET LOCAL search_path = "${schema}";`
  return { sql: [begin, ...steps, marks, grants, 'COMMIT;'].join('\n\n'), schemaVersion }
}
