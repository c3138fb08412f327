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
  },
});
