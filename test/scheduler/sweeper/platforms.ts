import type { AskedHost, Discovery } from '#ports/discovery';
import type { Platform } from '#ports/lease';

/** A platform that answers as it is told to, and notes what it was asked. */
export class Platforms implements Discovery {
  hosts: readonly Platform[] = [];
  says: Readonly<Record<string, 'gone' | 'unknown'>> = {};
  fails: 'list' | 'ask' | undefined;
  lists = 0;
  readonly asked: string[] = [];

  async list() {
    this.lists++;
    if (this.fails === 'list') throw new Error('Rate exceeded');
    return this.hosts;
  }
  async ask(hosts: readonly AskedHost[]) {
    this.asked.push(...hosts.map(({ host }) => nameOf(host)));
    if (this.fails === 'ask') throw new Error('Rate exceeded');
    return hosts.flatMap(({ host, wasListed }) => {
      const says = this.says[nameOf(host)];
      return says === 'gone' || (says && wasListed) ? [{ host, text: `${nameOf(host)} is ${says}.` }] : [];
    });
  }
}

const nameOf = ({ taskArn, instanceId }: Platform): string => taskArn ?? instanceId ?? '';
