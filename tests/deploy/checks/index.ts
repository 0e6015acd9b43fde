import type { Template } from '../../../localcloud/cloudformation/index.ts';
import { checkConstraints } from './constraints.ts';
import { checkEnvironment } from './environment.ts';
import type { HandlerFacts } from './handlers.ts';
import { checkLimits } from './limits.ts';
import { checkOrder } from './order.ts';
import { checkPermissions, type PeopleRequests } from './permissions.ts';
import { checkPolicies } from './policies.ts';
import { checkReferences } from './references.ts';
import { checkSafety } from './safety.ts';
import { checkSchemas } from './schemas.ts';
import { checkServices } from './services.ts';
import { checkNames, checkStatement } from './statements.ts';
import { checkWorkflows } from './workflows.ts';

/** All that a deployment consists of, as far as it can be judged without AWS. */
export interface Deployment {
  /** Its conditions decided. */
  template: Template;
  /** By the handler's module. */
  handlers: ReadonlyMap<string, HandlerFacts>;
  people: PeopleRequests;
  /** Names of the errors that the code throws. */
  errorNames: ReadonlySet<string>;
  /** The texts of sql/ by name. */
  statements: ReadonlyMap<string, string>;
  /** Names of statements that the code uses. */
  statementNames: readonly string[];
}

/** Each gives what is wrong, in words; nothing where all is well. */
export const CHECKS = {
  schemas: ({ template }) => checkSchemas(template),
  constraints: ({ template }) => checkConstraints(template),
  references: ({ template }) => checkReferences(template),
  limits: ({ template }) => checkLimits(template),
  services: ({ template }) => checkServices(template),
  order: ({ template }) => checkOrder(template),
  safety: ({ template }) => checkSafety(template),
  workflows: ({ template, handlers, errorNames }) => checkWorkflows(template, handlers, errorNames),
  environment: ({ template, handlers }) => checkEnvironment(template, handlers),
  permissions: ({ template, handlers, people }) => checkPermissions(template, handlers, people),
  policies: ({ template }) => checkPolicies(template),
  statements: ({ statements }) => [...statements].flatMap(([name, text]) => checkStatement(name, text)),
  names: ({ statements, statementNames }) => checkNames(new Set(statements.keys()), statementNames),
} satisfies Record<string, (deployment: Deployment) => string[]>;

export type CheckName = keyof typeof CHECKS;
