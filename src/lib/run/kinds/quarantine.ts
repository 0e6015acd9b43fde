import { isDecisionKey, readDecision } from '../../quarantine/index.ts';
import { inputWithoutObjects, type RunKindDefinition } from './kind.ts';

/** What a person has decided about quarantined records: their rows are marked. */
export const quarantine: RunKindDefinition = {
  request({ decision }) {
    if (typeof decision !== 'string' || !isDecisionKey(decision)) throw new Error('a quarantine run needs `decision`: the S3 key of a decision, state/quarantine/….json');
    return { decision };
  },
  async input(context) {
    const key = context.request.decision ?? '';
    const decision = await readDecision(context.ports.objects, key);
    if (decision === undefined) throw new Error(`there is no decision ${key}`);
    return { ...inputWithoutObjects(context), decision, decisions: [key] };
  },
  stages: () => [['decision']],
};
