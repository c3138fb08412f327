import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["clew-source"] },
  ssr: { resolve: { conditions: ["clew-source"] } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts", "bench/**/*.test.ts"],
    exclude: ["**/node_modules/**", "test/architecture/fixtures/**"],
    pool: "threads",
    maxWorkers: 2,
    testTimeout: 30_000,
    // Each journal starts a thread, and each thread compiles its sources: kept compiled, that takes half the time.
    env: { NODE_COMPILE_CACHE: "node_modules/.cache/compile" },
  },
});
