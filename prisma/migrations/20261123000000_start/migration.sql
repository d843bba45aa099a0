-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "build" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "repository_id" TEXT NOT NULL,
    "delivery_id" TEXT,
    "position" BIGINT NOT NULL,
    "ref" TEXT,
    "commit" TEXT NOT NULL,
    "commit_message" TEXT NOT NULL DEFAULT '',
    "commit_author" TEXT NOT NULL DEFAULT '',
    "tree" TEXT,
    "settings" JSONB NOT NULL,
    "settings_hash" TEXT NOT NULL,
    "build_secrets" JSONB NOT NULL DEFAULT '[]',
    "no_cache" BOOLEAN NOT NULL DEFAULT false,
    "created_by" TEXT,
    "phase" TEXT NOT NULL DEFAULT 'queued',
    "reason" TEXT,
    "message" TEXT,
    "hint" TEXT,
    "reused_build_id" TEXT,
    "image_digest" TEXT,
    "claimed_by" TEXT,
    "claim_epoch" INTEGER NOT NULL DEFAULT 0,
    "claim_until" TIMESTAMPTZ(3),
    "lost_claims" INTEGER NOT NULL DEFAULT 0,
    "cancelled_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "timings" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "build_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "build_target" (
    "build_id" TEXT NOT NULL,
    "service_id" TEXT NOT NULL,
    "release_id" TEXT,
    "reason" TEXT,
    "message" TEXT,
    "file_settings" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "build_target_pkey" PRIMARY KEY ("build_id","service_id")
);

-- CreateTable
CREATE TABLE "image" (
    "digest" TEXT NOT NULL,
    "repository" TEXT,
    "build_id" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "architecture" TEXT NOT NULL,
    "exposed_ports" INTEGER[],
    "layers" JSONB NOT NULL DEFAULT '[]',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "image_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "variable" (
    "id" TEXT NOT NULL,
    "environment_id" TEXT NOT NULL,
    "service_id" TEXT,
    "name" TEXT NOT NULL,
    "value_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "variable_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "secret_group" (
    "id" TEXT NOT NULL,
    "environment_id" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "secret_group_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "secret" (
    "id" TEXT NOT NULL,
    "group_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "value_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "secret_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sealed_value" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "key_id" TEXT NOT NULL,
    "bytes" BYTEA NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sealed_value_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery" (
    "id" TEXT NOT NULL,
    "position" BIGSERIAL NOT NULL,
    "host" TEXT NOT NULL,
    "host_delivery" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "repository_id" TEXT,
    "body" BYTEA NOT NULL,
    "phase" TEXT NOT NULL DEFAULT 'received',
    "outcome" TEXT,
    "reason" TEXT,
    "message" TEXT,
    "ref" TEXT,
    "commit" TEXT,
    "actor" TEXT,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "processed_at" TIMESTAMPTZ(3),

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ref_head" (
    "repository_id" TEXT NOT NULL,
    "ref" TEXT NOT NULL,
    "commit" TEXT,
    "delivery_id" TEXT NOT NULL,
    "position" BIGINT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ref_head_pkey" PRIMARY KEY ("repository_id","ref")
);

-- CreateTable
CREATE TABLE "outbox" (
    "id" BIGSERIAL NOT NULL,
    "message" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "wakeup" (
    "kind" TEXT NOT NULL,
    "object_id" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "version" BIGINT NOT NULL DEFAULT 1,
    "leased_by" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "wakeup_pkey" PRIMARY KEY ("kind","object_id")
);

-- CreateTable
CREATE TABLE "lease" (
    "name" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "epoch" BIGINT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "lease_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "event" (
    "position" BIGSERIAL NOT NULL,
    "id" TEXT NOT NULL,
    "txid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "type" TEXT NOT NULL,
    "project_id" TEXT,
    "environment_id" TEXT,
    "service_id" TEXT,
    "subject_id" TEXT NOT NULL,
    "data" JSONB NOT NULL DEFAULT '{}',
    "actor" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "event_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "position" BIGSERIAL NOT NULL,
    "id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "token_id" TEXT,
    "user_id" TEXT,
    "project_id" TEXT,
    "action" TEXT NOT NULL,
    "target" TEXT,
    "status" INTEGER NOT NULL,
    "code" TEXT,
    "address" TEXT,
    "request_id" TEXT NOT NULL,
    "data" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "log_chunk" (
    "stream" TEXT NOT NULL,
    "first_line" BIGINT NOT NULL,
    "last_line" BIGINT NOT NULL,
    "lines" JSONB NOT NULL,
    "bytes" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "log_chunk_pkey" PRIMARY KEY ("stream","first_line")
);

-- CreateTable
CREATE TABLE "log_cursor" (
    "replica_id" TEXT NOT NULL,
    "stream" TEXT NOT NULL,
    "cursor" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "log_cursor_pkey" PRIMARY KEY ("replica_id")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "owner" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "status" INTEGER,
    "reply" JSONB,
    "headers" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("owner","key")
);

-- CreateTable
CREATE TABLE "app_user" (
    "id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "is_admin" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "app_user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "token" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "user_id" TEXT,
    "project_id" TEXT,
    "environment_id" TEXT,
    "name" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "scopes" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "member" (
    "project_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "member_pkey" PRIMARY KEY ("project_id","user_id")
);

-- CreateTable
CREATE TABLE "project" (
    "id" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "project_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "environment" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "cluster" TEXT NOT NULL DEFAULT 'local',
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "environment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "repository" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "host_id" TEXT NOT NULL,
    "full_name" TEXT NOT NULL,
    "installation_id" TEXT,
    "default_branch" TEXT NOT NULL DEFAULT 'main',
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "repository_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "branch_rule" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "environment_id" TEXT NOT NULL,
    "repository_id" TEXT,
    "branches" TEXT[],
    "position" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "branch_rule_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "release" (
    "id" TEXT NOT NULL,
    "service_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "build_id" TEXT,
    "commit" TEXT,
    "commit_message" TEXT NOT NULL DEFAULT '',
    "commit_author" TEXT NOT NULL DEFAULT '',
    "ref" TEXT,
    "image_digest" TEXT NOT NULL,
    "spec" JSONB NOT NULL,
    "spec_hash" TEXT NOT NULL,
    "replica_set_id" TEXT NOT NULL,
    "cause" TEXT NOT NULL,
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "live_at" TIMESTAMPTZ(3),
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "release_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rollout" (
    "id" TEXT NOT NULL,
    "service_id" TEXT NOT NULL,
    "release_id" TEXT NOT NULL,
    "from_release_id" TEXT,
    "generation" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "phase" TEXT NOT NULL DEFAULT 'pending',
    "paused_from" TEXT,
    "abort_requested" BOOLEAN NOT NULL DEFAULT false,
    "pause_requested" BOOLEAN NOT NULL DEFAULT false,
    "reason" TEXT,
    "message" TEXT,
    "last_lines" JSONB NOT NULL DEFAULT '[]',
    "route_version" BIGINT,
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "prepared_at" TIMESTAMPTZ(3),
    "shifted_at" TIMESTAMPTZ(3),
    "live_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "watch_until" TIMESTAMPTZ(3),
    "watched_at" TIMESTAMPTZ(3),

    CONSTRAINT "rollout_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "route_table" (
    "version" BIGSERIAL NOT NULL,
    "table" JSONB NOT NULL,
    "hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "route_table_pkey" PRIMARY KEY ("version")
);

-- CreateTable
CREATE TABLE "gateway" (
    "id" TEXT NOT NULL,
    "connected_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "acked_version" BIGINT NOT NULL DEFAULT 0,
    "connected" BOOLEAN NOT NULL DEFAULT true,

    CONSTRAINT "gateway_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "service" (
    "id" TEXT NOT NULL,
    "environment_id" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "repository_id" TEXT,
    "build_settings" JSONB NOT NULL DEFAULT '{}',
    "settings" JSONB NOT NULL DEFAULT '{}',
    "file_settings" JSONB NOT NULL DEFAULT '{}',
    "secret_groups" TEXT[],
    "generation" INTEGER NOT NULL DEFAULT 0,
    "desired_release_id" TEXT,
    "live_release_id" TEXT,
    "next_release_number" INTEGER NOT NULL DEFAULT 1,
    "deployed_position" BIGINT NOT NULL DEFAULT 0,
    "pinned_at" TIMESTAMPTZ(3),
    "pinned_reason" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "service_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "replica" (
    "id" TEXT NOT NULL,
    "service_id" TEXT NOT NULL,
    "release_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "health" TEXT NOT NULL,
    "reason" TEXT,
    "message" TEXT,
    "host" TEXT,
    "port" INTEGER,
    "node" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "restarts" INTEGER NOT NULL,
    "exit_code" INTEGER,
    "out_of_memory" BOOLEAN NOT NULL DEFAULT false,
    "gpus" TEXT[],
    "observed_at" TIMESTAMPTZ(3) NOT NULL,
    "seen" TEXT NOT NULL DEFAULT '',
    "health_since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "routed" BOOLEAN NOT NULL DEFAULT false,
    "unrouted_version" BIGINT,
    "unrouted_at" TIMESTAMPTZ(3),

    CONSTRAINT "replica_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "build_repository_id_created_at_idx" ON "build"("repository_id", "created_at");

-- CreateIndex
CREATE INDEX "build_phase_idx" ON "build"("phase");

-- CreateIndex
CREATE INDEX "build_tree_settings_hash_idx" ON "build"("tree", "settings_hash");

-- CreateIndex
CREATE INDEX "build_target_service_id_idx" ON "build_target"("service_id");

-- CreateIndex
CREATE INDEX "variable_environment_id_service_id_idx" ON "variable"("environment_id", "service_id");

-- CreateIndex
CREATE UNIQUE INDEX "secret_group_environment_id_slug_key" ON "secret_group"("environment_id", "slug");

-- CreateIndex
CREATE UNIQUE INDEX "secret_group_id_name_key" ON "secret"("group_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "sealed_value_kind_owner_name_version_key" ON "sealed_value"("kind", "owner", "name", "version");

-- CreateIndex
CREATE UNIQUE INDEX "delivery_position_key" ON "delivery"("position");

-- CreateIndex
CREATE INDEX "delivery_repository_id_position_idx" ON "delivery"("repository_id", "position");

-- CreateIndex
CREATE INDEX "delivery_phase_received_at_idx" ON "delivery"("phase", "received_at");

-- CreateIndex
CREATE UNIQUE INDEX "delivery_host_host_delivery_key" ON "delivery"("host", "host_delivery");

-- CreateIndex
CREATE INDEX "wakeup_due_at_idx" ON "wakeup"("due_at");

-- CreateIndex
CREATE UNIQUE INDEX "event_id_key" ON "event"("id");

-- CreateIndex
CREATE INDEX "event_project_id_position_idx" ON "event"("project_id", "position");

-- CreateIndex
CREATE INDEX "event_service_id_position_idx" ON "event"("service_id", "position");

-- CreateIndex
CREATE INDEX "event_subject_id_position_idx" ON "event"("subject_id", "position");

-- CreateIndex
CREATE UNIQUE INDEX "audit_event_id_key" ON "audit_event"("id");

-- CreateIndex
CREATE INDEX "audit_event_project_id_position_idx" ON "audit_event"("project_id", "position");

-- CreateIndex
CREATE INDEX "log_chunk_at_idx" ON "log_chunk"("at");

-- CreateIndex
CREATE INDEX "idempotency_key_created_at_idx" ON "idempotency_key"("created_at");

-- CreateIndex
CREATE UNIQUE INDEX "app_user_email_key" ON "app_user"("email");

-- CreateIndex
CREATE UNIQUE INDEX "token_hash_key" ON "token"("hash");

-- CreateIndex
CREATE INDEX "token_user_id_idx" ON "token"("user_id");

-- CreateIndex
CREATE INDEX "token_project_id_idx" ON "token"("project_id");

-- CreateIndex
CREATE INDEX "token_environment_id_idx" ON "token"("environment_id");

-- CreateIndex
CREATE INDEX "member_user_id_idx" ON "member"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "project_slug_key" ON "project"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "environment_project_id_slug_key" ON "environment"("project_id", "slug");

-- CreateIndex
CREATE INDEX "repository_kind_host_id_idx" ON "repository"("kind", "host_id");

-- CreateIndex
CREATE UNIQUE INDEX "repository_project_id_slug_key" ON "repository"("project_id", "slug");

-- CreateIndex
CREATE INDEX "branch_rule_project_id_idx" ON "branch_rule"("project_id");

-- CreateIndex
CREATE INDEX "branch_rule_environment_id_idx" ON "branch_rule"("environment_id");

-- CreateIndex
CREATE INDEX "release_image_digest_idx" ON "release"("image_digest");

-- CreateIndex
CREATE UNIQUE INDEX "release_service_id_number_key" ON "release"("service_id", "number");

-- CreateIndex
CREATE INDEX "rollout_phase_idx" ON "rollout"("phase");

-- CreateIndex
CREATE UNIQUE INDEX "rollout_service_id_generation_key" ON "rollout"("service_id", "generation");

-- CreateIndex
CREATE INDEX "service_repository_id_idx" ON "service"("repository_id");

-- CreateIndex
CREATE UNIQUE INDEX "service_environment_id_slug_key" ON "service"("environment_id", "slug");

-- CreateIndex
CREATE INDEX "replica_service_id_idx" ON "replica"("service_id");

-- AddForeignKey
ALTER TABLE "build" ADD CONSTRAINT "build_repository_id_fkey" FOREIGN KEY ("repository_id") REFERENCES "repository"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "build_target" ADD CONSTRAINT "build_target_build_id_fkey" FOREIGN KEY ("build_id") REFERENCES "build"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "build_target" ADD CONSTRAINT "build_target_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "secret_group" ADD CONSTRAINT "secret_group_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "secret" ADD CONSTRAINT "secret_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "secret_group"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ref_head" ADD CONSTRAINT "ref_head_repository_id_fkey" FOREIGN KEY ("repository_id") REFERENCES "repository"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "token" ADD CONSTRAINT "token_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "app_user"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "token" ADD CONSTRAINT "token_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "token" ADD CONSTRAINT "token_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member" ADD CONSTRAINT "member_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member" ADD CONSTRAINT "member_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "app_user"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "environment" ADD CONSTRAINT "environment_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "repository" ADD CONSTRAINT "repository_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "branch_rule" ADD CONSTRAINT "branch_rule_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "branch_rule" ADD CONSTRAINT "branch_rule_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "release" ADD CONSTRAINT "release_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_release_id_fkey" FOREIGN KEY ("release_id") REFERENCES "release"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "service" ADD CONSTRAINT "service_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "service" ADD CONSTRAINT "service_repository_id_fkey" FOREIGN KEY ("repository_id") REFERENCES "repository"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "replica" ADD CONSTRAINT "replica_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema language cannot say.

-- At most one rollout of a service moves at a time.
CREATE UNIQUE INDEX "rollout_one_active" ON "rollout" ("service_id") WHERE "phase" NOT IN ('complete', 'aborted', 'superseded');

-- A name stands once per service, and once for the whole environment.
CREATE UNIQUE INDEX "variable_name" ON "variable" ("environment_id", COALESCE("service_id", ''), "name") WHERE "deleted_at" IS NULL;

-- Closed sets.
ALTER TABLE "build" ADD CONSTRAINT "build_phase" CHECK ("phase" IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'superseded'));
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_phase" CHECK ("phase" IN ('pending', 'preparing', 'shifting', 'draining', 'complete', 'paused', 'aborting', 'aborted', 'superseded'));
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_phase" CHECK ("phase" IN ('received', 'processed'));
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_host" CHECK ("host" IN ('github', 'builtin'));
ALTER TABLE "repository" ADD CONSTRAINT "repository_kind" CHECK ("kind" IN ('github', 'builtin'));
ALTER TABLE "token" ADD CONSTRAINT "token_kind" CHECK ("kind" IN ('personal', 'service', 'deploy', 'session', 'setup'));

-- A release never changes, except that it became live and stopped being so.
CREATE FUNCTION release_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.id, OLD.service_id, OLD.number, OLD.image_digest, OLD.spec, OLD.spec_hash, OLD.replica_set_id)
    IS DISTINCT FROM (NEW.id, NEW.service_id, NEW.number, NEW.image_digest, NEW.spec, NEW.spec_hash, NEW.replica_set_id) THEN
    RAISE EXCEPTION 'release % is immutable', OLD.id;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "release_immutable" BEFORE UPDATE ON "release" FOR EACH ROW EXECUTE FUNCTION release_is_immutable();

-- Events and audit rows are facts: they are added, and only aged out whole.
CREATE FUNCTION facts_do_not_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% rows do not change', TG_TABLE_NAME;
END $$;
CREATE TRIGGER "event_fact" BEFORE UPDATE ON "event" FOR EACH ROW EXECUTE FUNCTION facts_do_not_change();
CREATE TRIGGER "audit_event_fact" BEFORE UPDATE ON "audit_event" FOR EACH ROW EXECUTE FUNCTION facts_do_not_change();

-- The order in which events are read.
CREATE INDEX "event_order" ON "event" ("txid", "position");

-- Bodies are kept as received: compressing each of them on its way in costs more than the disk they take.
ALTER TABLE "delivery" ALTER COLUMN "body" SET STORAGE EXTERNAL;
