import { bigValues } from '#test/contract/big-values';
import { charts } from '#test/contract/charts';
import { claims } from '#test/contract/claims';
import { commits } from '#test/contract/commits';
import { directClaims } from '#test/contract/direct-claims';
import { history } from '#test/contract/history';
import { joins } from '#test/contract/joins';
import { leases } from '#test/contract/leases';
import { lists } from '#test/contract/lists';
import { moves } from '#test/contract/moves';
import { ordering } from '#test/contract/ordering';
import { queues } from '#test/contract/queues';
import { sideRows } from '#test/contract/side-rows';
import { type ContractFactory, type ContractSkips, suite } from '#test/contract/subject';

/**
 * The one suite that every adapter passes. An adapter's test is a factory and a list of skips, each with its reason:
 * `contract('sqlite', factory, {})`. What an adapter may do in two ways (atomic or not, owners findable or not) is asked of the subject.
 */
export function contract(name: string, factory: ContractFactory, skips: ContractSkips = {}): void {
  suite(name, factory, skips, {
    'claim and put': claims,
    commit: commits,
    'direct claims': directClaims,
    'wake, take over, park, redrive': moves,
    'order and refusals': ordering,
    history,
    joins,
    'side rows': sideRows,
    leases,
    queue: queues,
    lists,
    charts,
    'big values': bigValues,
  });
}
