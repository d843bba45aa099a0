-- CreateTable
CREATE TABLE "cluster" (
    "name" TEXT NOT NULL,
    "pools" JSONB NOT NULL,
    "warnings" TEXT[],
    "observed_at" TIMESTAMPTZ(3) NOT NULL,
    "away_at" TIMESTAMPTZ(3),

    CONSTRAINT "cluster_pkey" PRIMARY KEY ("name")
);
