-- CreateTable
CREATE TABLE "exec" (
    "id" TEXT NOT NULL,
    "service_id" TEXT NOT NULL,
    "environment_id" TEXT NOT NULL,
    "replica_id" TEXT NOT NULL,
    "replica_name" TEXT NOT NULL,
    "container" TEXT,
    "command" TEXT[],
    "columns" INTEGER,
    "rows" INTEGER,
    "token_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "ticket_hash" TEXT,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "exit_code" INTEGER,
    "reason" TEXT,

    CONSTRAINT "exec_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "exec_created_at_idx" ON "exec"("created_at");
