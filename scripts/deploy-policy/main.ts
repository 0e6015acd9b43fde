import { writeFileSync } from 'node:fs';
import { readServerlessTemplate } from '../../localcloud/cloudformation/index.ts';
import { policyFiles } from './policy.ts';

/** Writes the policies that a deployment needs: `npm run deploy-policy`, after the first resource of another type. */
const { template } = readServerlessTemplate({ projectRoot: process.cwd(), stage: 'prod', region: 'eu-west-1' });
for (const [file, text] of policyFiles(template)) writeFileSync(file, text);
