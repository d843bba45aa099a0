-- What each step of a build took; builds from before have none.
ALTER TABLE "build" ADD COLUMN "steps" JSONB NOT NULL DEFAULT '[]';
