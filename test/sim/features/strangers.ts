import type { FlowOutcome } from '#engine/flow';
import { answerTask } from '#scheduler/callbacks';
import { client } from '#test/sim/clients';
import type { Feature } from '#test/sim/features/feature';

/**
 * Clients on whom nobody may rely: one that dies does not ask again where what it asked for stands in the store already, so that only the protocol
 * carries it out; and a token that was answered is answered once more, with the contrary.
 */
export const strangers: Feature = {
  odds: 0.3,
  setUp: (stage, random) => {
    stage.asksAgain = () => random.chance(0.2);
    stage.onAnswered.push((token) => {
      if (!random.chance(0.5)) return;
      const contrary: FlowOutcome = { status: 'Failed', error: 'Contradicted' };
      stage.world.at(stage.world.now + random.pick([0, 0, 50, 2_000]), () =>
        client(stage, 'contrarian', (s) => answerTask(s, token, contrary), { random }),
      );
    });
  },
};
