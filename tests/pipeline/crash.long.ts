import { KILL_POINTS, testKilledPipelines } from './killed-pipelines.ts';

describe('a pipeline that is killed', () => testKilledPipelines(Object.values(KILL_POINTS)));
