-- AlterTable
ALTER TABLE "app_user" ADD COLUMN "first_signed_in_at" TIMESTAMPTZ(3);

-- Of those who are here already: whoever signed in once has left something that only a session makes.
UPDATE "app_user" u SET "first_signed_in_at" = came.at
FROM (
    SELECT "user_id" AS id, min("created_at") AS at FROM "token" WHERE "kind" IN ('session', 'personal') AND "user_id" IS NOT NULL GROUP BY 1
) AS came
WHERE came.id = u.id;
UPDATE "app_user" u SET "first_signed_in_at" = u."created_at"
WHERE "first_signed_in_at" IS NULL
  AND (
    EXISTS (SELECT 1 FROM "password" p WHERE p."user_id" = u."id")
    OR EXISTS (SELECT 1 FROM "passkey" k WHERE k."user_id" = u."id")
    OR EXISTS (SELECT 1 FROM "event" e WHERE e."type" = 'session.began' AND e."actor" = u."id")
  );
