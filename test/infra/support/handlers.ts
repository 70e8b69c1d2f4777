import { defineActivities } from 'flowbeat/worker';

export default defineActivities({ greet: () => 'hello' });
