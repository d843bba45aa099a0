-- When each project was last given its turn in the build queue.
CREATE INDEX "build_project_id_started_at_idx" ON "build"("project_id", "started_at");
