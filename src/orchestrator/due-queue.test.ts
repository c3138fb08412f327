import fc from "fast-check";
import { expect, test } from "vitest";
import { type Due, DueQueue } from "./due-queue.ts";

const member = (): Due => ({ dueAt: 0, duePlace: -1 });

test("whatever is put in, moved and taken out, the first is always one of those that are due first", () => {
  const change = fc.record({ who: fc.nat(19), dueAt: fc.option(fc.nat(50), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const members = Array.from({ length: 20 }, member);
      const queue = new DueQueue<Due>();
      const model = new Map<Due, number>();
      for (const { who, dueAt } of changes) {
        const one = members[who] as Due;
        queue.set(one, dueAt);
        if (dueAt === undefined) model.delete(one);
        else model.set(one, dueAt);
        expect(queue.size).toBe(model.size);
        expect(queue.first()?.dueAt).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
      }
      const drained: number[] = [];
      for (let first = queue.first(); first; first = queue.first()) {
        drained.push(first.dueAt);
        queue.set(first, undefined);
      }
      expect(drained).toEqual([...model.values()].sort((a, b) => a - b));
    }),
  );
});
