-- Sums over slots, as their neighbours are, and in how many slots each could be told: rows from before have none.
ALTER TABLE "pool_metric" ADD COLUMN "disk_used_mib" REAL NOT NULL DEFAULT 0,
  ADD COLUMN "disk_slots" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "gpu_memory_mib" REAL NOT NULL DEFAULT 0,
  ADD COLUMN "gpu_memory_slots" INTEGER NOT NULL DEFAULT 0;
