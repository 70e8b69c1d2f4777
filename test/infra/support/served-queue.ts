import type { ScaledService, Values } from '#test/infra/support/scaling-rules';

/** How long a task takes from being wanted to its first message, and what it does then. */
const START_MINUTES = 2;
const PER_MINUTE = 3;
/** CloudWatch has the values of SQS so much later. */
const LATE_MINUTES = 2;

/** A queue, and the tasks of a service that serve it: each minute messages come, tasks take some, and the service is scaled by what was measured a while ago. */
export class ServedQueue {
  readonly #service: ScaledService;
  /** In which minute each message came, oldest first. */
  #waiting: number[] = [];
  /** In which minute each task was asked for. */
  #tasks: number[] = [];
  #now = 0;
  readonly #measured: { readonly visible: number; readonly age: number; readonly running: number }[] = [];
  /** How many tasks were wanted, by minute. */
  readonly wanted: number[] = [];
  /** The longest that a message waited, in minutes. */
  longestWait = 0;

  constructor(service: ScaledService) {
    this.#service = service;
  }

  get left(): number {
    return this.#waiting.length;
  }

  /** Lets minutes pass, in each of which so many messages come. */
  pass(minutes: number, coming = 0): void {
    for (let i = 0; i < minutes; i++) this.#minute(coming);
  }

  #minute(coming: number): void {
    this.#now++;
    for (let i = 0; i < coming; i++) this.#waiting.push(this.#now);
    const running = this.#tasks.filter((since) => this.#now - since >= START_MINUTES).length;
    for (const came of this.#waiting.splice(0, running * PER_MINUTE))
      this.longestWait = Math.max(this.longestWait, this.#now - came);
    const age = (this.#now - (this.#waiting[0] ?? this.#now)) * 60;
    this.#measured.push({ visible: this.#waiting.length, age, running });
    this.#service.minute(this.#values());
    const { desired } = this.#service;
    // The newest go first, and the ones that are there first of all stay.
    this.#tasks = this.#tasks.slice(0, desired);
    while (this.#tasks.length < desired) this.#tasks.push(this.#now);
    this.wanted.push(desired);
  }

  /** No task, no sample of its CPU. */
  #values(): Values {
    const then = this.#measured[this.#measured.length - 1 - LATE_MINUTES];
    return (metric, dimensions) => {
      if (metric === 'CPUUtilization') return then?.running || undefined;
      if (!dimensions.includes('Queuedefault')) return then && 0;
      return metric === 'ApproximateNumberOfMessagesVisible' ? then?.visible : then?.age;
    };
  }
}
