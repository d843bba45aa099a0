import fc from 'fast-check';

/** The same examples in every run, so that a red one means that something changed; others with SCONCE_SEED. */
const seed = Number(process.env.SCONCE_SEED ?? 20_240_229);
if (!Number.isInteger(seed)) throw new Error(`SCONCE_SEED has to be a whole number, not ${process.env.SCONCE_SEED}`);
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
