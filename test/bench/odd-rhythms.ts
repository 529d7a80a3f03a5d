import type { RhythmWave } from "./generated-rhythms.ts";
import { blocked, type Random, type Rhythm, restingRr, type Step, sinus, ventricular } from "./rhythm-steps.ts";

/** A junctional beat, whose P wave comes so long after the beginning of its QRS complex, in seconds. */
const junctional = (rr: number, later: number): Step => ({
  rr,
  waves: (at) => [
    { wave: "QRS", at, rr },
    { wave: "other P", at: at + 0.15 + later },
  ],
});
/** A sinus beat with a delta wave and a short PR. */
const preExcited = (rr: number): Step => ({
  rr,
  waves: (at) => [
    { wave: "sinus P", at: at - 0.02 },
    { wave: "pre-excited", at, rr, isConducted: true },
  ],
});
/** A beat of a pacemaker in the ventricle, whose spike is just before it. */
const paced = (rr: number): Step => ({
  rr,
  waves: (at) => [
    { wave: "spike", at: at - 0.05 },
    { wave: "ventricular", at, rr, isConducted: true },
  ],
});
/** Flutter at 300 a minute: saw teeth, in mV at a time in seconds. */
const flutterWaves = (time: number) => 0.15 * (2 * ((5 * time) % 1) - 1) * Math.min(1, 8 * (1 - ((5 * time) % 1)));
/** A beat that so many waves of flutter lead to. */
const onFlutter = (count: number): Step => ({
  rr: 0.2 * count,
  waves: (at) => [{ wave: "QRS", at: Math.round(at / 0.2) * 0.2, rr: 0.2 * count }],
});

/** Rhythms that are seldom seen, and those of pacemakers that fail. */
export const ODD_RHYTHMS: Rhythm[] = [
  {
    name: "a ventricular tachycardia from the first to the last, 10 s",
    seconds: 10,
    steps: (random) => {
      const rr = 0.3 + 0.2 * random();
      return () => ventricular(rr);
    },
  },
  {
    name: "a ventricular tachycardia from the first to the last",
    seconds: 60,
    steps: (random) => {
      const rr = 0.3 + 0.2 * random();
      return () => ventricular(rr);
    },
  },
  {
    name: "an idioventricular rhythm from the first to the last",
    seconds: 60,
    steps: (random) => {
      const rr = 0.65 + 0.5 * random();
      return () => ventricular(rr);
    },
  },
  { name: "flutter 2:1", seconds: 60, steps: () => () => onFlutter(2), extra: flutterWaves },
  {
    name: "flutter varying",
    seconds: 60,
    steps: (random) => () => onFlutter(2 + Math.floor(3 * random())),
    extra: flutterWaves,
  },
  {
    name: "junctional rhythm, retrograde P",
    seconds: 60,
    steps: (random) => {
      const rr = 0.8 + 0.4 * random();
      return () => junctional(rr, 0.12);
    },
  },
  {
    name: "intermittent pre-excitation",
    seconds: 60,
    steps: (random) => {
      const rr = restingRr(random);
      return (i) => (i % 20 < 8 ? preExcited(rr) : sinus(rr));
    },
  },
  {
    name: "ventricular couplets",
    seconds: 60,
    steps: (random) => {
      const rr = restingRr(random);
      return (i) =>
        i % 7 === 5
          ? ventricular(0.6 * rr)
          : i % 7 === 6
            ? ventricular(0.55 * rr)
            : i % 7 === 0
              ? sinus(1.3 * rr)
              : sinus(rr);
    },
  },
  {
    name: "interpolated ventricular beats",
    seconds: 60,
    steps: (random) => {
      const rr = restingRr(random);
      return (i) => (i % 6 === 4 ? ventricular(0.5 * rr) : i % 6 === 5 ? sinus(0.55 * rr) : sinus(rr));
    },
  },
  {
    name: "parasystole",
    seconds: 60,
    steps: (random) => {
      const rr = restingRr(random);
      const own = rr * (1.6 + 0.8 * random());
      let [sinusAt, paraAt, last] = [0.5, 0.9, 0.5];
      return () => {
        for (;;) {
          if (paraAt < sinusAt) {
            const at = paraAt;
            paraAt += own;
            if (at - last < 0.38) continue;
            const step = ventricular(at - last);
            last = at;
            // Compensatory: the next sinus impulse is blocked.
            if (sinusAt - at < 0.45) sinusAt += rr;
            return step;
          }
          const step = sinus(sinusAt - last);
          last = sinusAt;
          sinusAt += rr;
          return step;
        }
      };
    },
  },
  {
    name: "junctional escapes",
    seconds: 60,
    steps: (random) => {
      const rr = restingRr(random);
      return (i) => (i % 8 === 7 ? { rr: 1.6 * rr, waves: (at) => [{ wave: "QRS", at, rr: 1.6 * rr }] } : sinus(rr));
    },
  },
  {
    name: "ventricular escapes",
    seconds: 60,
    steps: (random) => {
      const rr = restingRr(random);
      return (i) => (i % 8 === 7 ? ventricular(1.9 * rr) : sinus(rr));
    },
  },
  {
    name: "respiratory arrhythmia of a child",
    seconds: 60,
    steps: (random) => {
      const period = 2.5 + 2 * random();
      return (_, time) => sinus(60 / (100 + 40 * Math.sin((2 * Math.PI * time) / period)));
    },
  },
  {
    name: "a newborn at 150",
    seconds: 60,
    steps: (random) => {
      const rr = 0.37 + 0.06 * random();
      return () => sinus(rr);
    },
  },
  {
    name: "alternans at 180",
    seconds: 60,
    steps: (random) => {
      const rr = 0.31 + 0.05 * random();
      return (i) => ({ rr, waves: (at) => [{ wave: "QRS", at, rr, size: i % 2 ? 0.65 : 1 }] });
    },
  },
  {
    name: "bidirectional tachycardia of 20 s",
    seconds: 60,
    steps: (random) => {
      const rr = restingRr(random);
      const fast = 0.36 + 0.08 * random();
      return (i, time) =>
        time >= 20 && time < 40
          ? { rr: fast, waves: (at) => [{ wave: "ventricular", at, rr: fast, size: i % 2 ? 1 : -1 }] }
          : sinus(rr);
    },
  },
  {
    name: "torsades of 8 s",
    seconds: 60,
    steps: (random) => {
      const rr = restingRr(random);
      return (_, time) =>
        time >= 20 && time < 28
          ? {
              rr: 0.28,
              waves: (at) => [{ wave: "ventricular", at, rr: 0.28, size: 1.5 * Math.sin((Math.PI * (at - 20)) / 2) }],
            }
          : sinus(rr);
    },
  },
  {
    name: "failure to capture",
    seconds: 60,
    steps: () => (i) => (i % 5 === 4 ? { rr: 0.857, waves: (at) => [{ wave: "spike", at: at - 0.05 }] } : paced(0.857)),
  },
  {
    name: "failure to sense",
    seconds: 60,
    steps: (random) => {
      const rr = restingRr(random);
      const own = 0.97 + 0.1 * random();
      let [spike, last] = [0.2, 0];
      return () => ({
        rr,
        waves: (at) => {
          const waves: RhythmWave[] = [{ wave: "sinus P", at }];
          if (at - last > 0.35) {
            waves.push({ wave: "QRS", at, rr: at - last });
            last = at;
          }
          for (; spike < at + rr - 0.12; spike += own) {
            waves.push({ wave: "spike", at: spike });
            // It captures the ventricles where they are no longer refractory.
            if (spike < last + 0.37) continue;
            waves.push({ wave: "ventricular", at: spike + 0.05, rr: spike - last, isConducted: true });
            last = spike + 0.05;
          }
          return waves;
        },
      });
    },
  },
  {
    name: "pacing on demand",
    seconds: 60,
    steps: (random) => {
      const rr = restingRr(random);
      return (i) => (i % 12 < 6 ? sinus(rr) : paced(i % 12 === 6 ? 1.15 : 1.1));
    },
  },
  ...[3, 4].map((count) => ({
    name: `${count}:${count - 1} block with the same PR`,
    seconds: 60,
    steps: (random: Random) => {
      const pp = 0.7 + 0.15 * random();
      return (i: number) =>
        i % count === count - 1 ? blocked(pp) : { ...sinus((i % count === 0 ? 2 : 1) * pp), rr: pp };
    },
  })),
  {
    name: "3:1 block whole",
    seconds: 60,
    steps: (random) => {
      const pp = 0.5 + 0.2 * random();
      return (i) => (i % 3 !== 0 ? blocked(pp) : { ...sinus(3 * pp), rr: pp });
    },
  },
  {
    name: "blocked early P waves",
    seconds: 60,
    steps: (random) => {
      const rr = restingRr(random);
      return (i) =>
        i % 6 === 5
          ? { rr: 0.5 * rr, waves: (at) => [{ wave: "other P", at }] }
          : i % 6 === 0
            ? sinus(1.05 * rr)
            : sinus(rr);
    },
  },
];
