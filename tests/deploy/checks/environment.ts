import type { Template } from '../../../localcloud/cloudformation/index.ts';
import type { TemplateValue } from '../../../localcloud/cloudformation/types.ts';
import { textOf } from '../../../localcloud/cloudformation/values.ts';
import type { HandlerFacts } from './handlers.ts';
import { propertiesOf } from './resources.ts';

/** `src/handlers/capture.handler`, or as the bundle `dist/capture/index.handler`, to `capture.ts`. */
export const moduleOf = (handler: TemplateValue | undefined): string => textOf(handler, 'Handler').replace(/^(?:src\/handlers|dist)\/([\w-]+?)(?:\/index)?\.handler$/, '$1.ts');

/** Lambda sets these: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
const isLambdas = (name: string): boolean => name.startsWith('AWS_') || name === 'LAMBDA_TASK_ROOT';

/** Node reads these itself. */
const OF_NODE = new Set(['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS']);

/** The code has a default for these; who needs another sets them. */
const WITH_DEFAULT = new Set(['FILE_PART_BYTES', 'FILE_QUIET_SECONDS', 'USERS_RELATION', 'USERS_PAGE_ROWS', 'USERS_SAFETY_LAG_SECONDS', 'DATABASE_PASSWORD']);

/** Every variable that a function's code reads is set for it, and every one that is set is read. */
export const checkEnvironment = (template: Template, handlers: ReadonlyMap<string, HandlerFacts>): string[] =>
  propertiesOf(template, 'AWS::Lambda::Function').flatMap(([id, { Handler, Environment }]) => {
    const facts = handlers.get(moduleOf(Handler));
    if (!facts) return [`${id} has no handler of ours: ${moduleOf(Handler)}`];
    const set = Object.keys((Environment as { Variables?: object } | undefined)?.Variables ?? {});
    const missing = [...facts.variables].filter((name) => !set.includes(name) && !isLambdas(name) && !WITH_DEFAULT.has(name));
    const unread = set.filter((name) => !facts.variables.has(name) && !OF_NODE.has(name));
    return [...missing.map((name) => `${id} reads ${name}, which is not set`), ...unread.map((name) => `${id} never reads ${name}`)];
  });
