import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["clew-source"] },
  ssr: { resolve: { conditions: ["clew-source"] } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts", "bench/**/*.test.ts"],
    // The first workflow's test is the user's, for `node --test`.
    exclude: ["**/node_modules/**", "test/architecture/fixtures/**", "examples/first-workflow/**"],
    globalSetup: "test/installed/set-up.ts",
    pool: "threads",
    maxWorkers: 2,
    testTimeout: 30_000,
    // Each journal starts a thread, and each thread compiles its sources: kept compiled, that takes half the time.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/compile", import.meta.url)) },
  },
});
