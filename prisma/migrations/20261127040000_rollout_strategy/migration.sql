-- AlterTable
ALTER TABLE "rollout" ADD COLUMN "strategy" TEXT;
