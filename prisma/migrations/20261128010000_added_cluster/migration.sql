-- CreateTable
CREATE TABLE "added_cluster" (
    "name" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL DEFAULT 'kubernetes',
    "server" TEXT NOT NULL,
    "registry" TEXT NOT NULL,
    "pod_security" TEXT NOT NULL DEFAULT 'restricted',
    "gateway_cidrs" TEXT[],
    "account" TEXT,
    "access_value_id" TEXT NOT NULL,
    "registry_value_id" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "added_cluster_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE UNIQUE INDEX "added_cluster_id_key" ON "added_cluster"("id");

-- CreateIndex
CREATE UNIQUE INDEX "added_cluster_server_key" ON "added_cluster"("server");
