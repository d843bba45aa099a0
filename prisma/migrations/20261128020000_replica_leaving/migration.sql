-- AlterTable
ALTER TABLE "replica" ADD COLUMN     "leaving_cause" TEXT,
ADD COLUMN     "leaving_since" TIMESTAMPTZ(3);
