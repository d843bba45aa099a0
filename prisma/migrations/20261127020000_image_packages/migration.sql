-- CreateTable
CREATE TABLE "image_packages" (
    "digest" TEXT NOT NULL,
    "list" JSONB,
    "reason" TEXT,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "look_at" TIMESTAMPTZ(3) NOT NULL,
    "read_at" TIMESTAMPTZ(3),

    CONSTRAINT "image_packages_pkey" PRIMARY KEY ("digest")
);

-- AddForeignKey
ALTER TABLE "image_packages" ADD CONSTRAINT "image_packages_digest_fkey" FOREIGN KEY ("digest") REFERENCES "image"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;
