-- CreateTable
CREATE TABLE "service_metric" (
    "resolution_seconds" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(0) NOT NULL,
    "service_id" TEXT NOT NULL,
    "release_id" TEXT NOT NULL,
    "replica_id" TEXT NOT NULL,
    "cut" INTEGER NOT NULL,
    "answers_1xx" INTEGER NOT NULL,
    "answers_2xx" INTEGER NOT NULL,
    "answers_3xx" INTEGER NOT NULL,
    "answers_4xx" INTEGER NOT NULL,
    "answers_5xx" INTEGER NOT NULL,
    "own_errors" INTEGER NOT NULL,
    "latency" INTEGER[] NOT NULL,
    "in_flight" REAL NOT NULL,
    "waiting" REAL NOT NULL,
    "cpu_ms" REAL NOT NULL,
    "memory_mib" REAL NOT NULL,
    "gpu_memory_mib" REAL NOT NULL,
    "gpu_percent" REAL NOT NULL,
    "gpus" INTEGER NOT NULL,
    "measured" BIGINT NOT NULL,

    CONSTRAINT "service_metric_pkey" PRIMARY KEY ("service_id", "resolution_seconds", "at", "release_id", "replica_id")
);

-- CreateIndex
CREATE INDEX "service_metric_resolution_seconds_at_idx" ON "service_metric"("resolution_seconds", "at");

-- Rows of the present are added to again and again: room for that on their page keeps the indexes as they are.
ALTER TABLE "service_metric" SET (fillfactor = 70);

-- CreateTable
CREATE TABLE "pool_metric" (
    "resolution_seconds" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(0) NOT NULL,
    "cluster" TEXT NOT NULL,
    "pool" TEXT NOT NULL,
    "cpu_milli" REAL NOT NULL,
    "memory_mib" REAL NOT NULL,
    "gpus_held" REAL NOT NULL,
    "gpu_percent" REAL NOT NULL,
    "gpus" INTEGER NOT NULL,
    "measured" BIGINT NOT NULL,

    CONSTRAINT "pool_metric_pkey" PRIMARY KEY ("cluster", "pool", "resolution_seconds", "at")
);

-- CreateTable
CREATE TABLE "metric_source" (
    "gateway_id" TEXT NOT NULL,
    "boot" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "metric_source_pkey" PRIMARY KEY ("gateway_id")
);

-- Adds two lists of bucket and count in turn, each in the order of buckets.
CREATE FUNCTION sconce_add_latency(a INTEGER[], b INTEGER[]) RETURNS INTEGER[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    sum INTEGER[] := '{}';
    i INTEGER := 1;
    j INTEGER := 1;
    m INTEGER := cardinality(a);
    n INTEGER := cardinality(b);
BEGIN
    IF m = 0 THEN RETURN b; END IF;
    IF n = 0 THEN RETURN a; END IF;
    WHILE i < m OR j < n LOOP
        IF j >= n OR (i < m AND a[i] < b[j]) THEN
            sum := sum || a[i:i + 1];
            i := i + 2;
        ELSIF i >= m OR b[j] < a[i] THEN
            sum := sum || b[j:j + 1];
            j := j + 2;
        ELSE
            sum := sum || a[i] || (a[i + 1] + b[j + 1]);
            i := i + 2;
            j := j + 2;
        END IF;
    END LOOP;
    RETURN sum;
END $$;
