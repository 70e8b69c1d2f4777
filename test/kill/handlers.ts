/** The handlers of the kill test's charts: short, of random length, and without state, so that whoever repeats one gets the same. */
import { setTimeout as after } from 'node:timers/promises';
import { ActivityError, defineActivities } from '#sdk/worker';

const short = () => after(Math.random() * 40);

export default defineActivities({
  async add({ n, by }: { n: number; by: number }) {
    await short();
    return n + by;
  },
  async double(n: number) {
    await short();
    return n * 2;
  },
  async unsteady(n: number, { attempt }) {
    await short();
    if (attempt < 2) throw new ActivityError('Unsteady', `attempt ${attempt}`);
    return n + 1000;
  },
});
