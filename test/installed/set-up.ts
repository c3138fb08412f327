/** Runs once before all tests (vitest's `globalSetup`). */
import { installMissing } from "./programs.ts";

export default (): void => installMissing(process.env);
