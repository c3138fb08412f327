/** How rough a world is: from a calm one to one in which nearly everything that can go wrong does. */
import type { Dice } from "./dice.ts";
import { type FaultKind, faultKinds, type Weather } from "./faults.ts";

export function generateWeather(dice: Dice): Weather {
  const severity = dice.pick([0, 1, 1, 2, 3]);
  const likely = (kind: FaultKind) => (dice.chance(550) ? base[kind] * severity : 0);
  return Object.fromEntries(faultKinds.map((kind) => [kind, likely(kind)])) as Weather;
}

const base: Weather = {
  "command dropped": 50,
  "result dropped": 40,
  "progress dropped": 150,
  "notice dropped": 200,
  "worker fell silent": 60,
  "command duplicated": 50,
  "result duplicated": 50,
  "message delayed": 50,
  "message reordered": 100,
  "bus lost everything": 200,
  "bus had no room": 30,
  "stranger answered": 20,
  "orchestrator crashed": 12,
  "workers crashed": 8,
  "both crashed": 150,
  "orchestrator restarted": 80,
  "workers restarted": 150,
  "commit slow": 60,
  "commit failed": 12,
  "commit ambiguous": 12,
  "commit repeated": 30,
  "clock set forward": 150,
  "clock set back": 150,
};
