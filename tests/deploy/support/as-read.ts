import type { Template, TemplateResource } from '../../../localcloud/cloudformation/index.ts';

/** A packaged template as the embedded cloud reads it: without what only a deployment to AWS adds, the bucket that the zips are uploaded to and their places in it. */
export const asRead = ({ Resources, Outputs = {}, Conditions }: Template): Pick<Template, 'Resources' | 'Outputs' | 'Conditions'> => ({
  ...(Conditions ? { Conditions } : {}),
  Resources: Object.fromEntries(Object.entries(Resources).filter(([id]) => !isDeploymentBucket(id)).map(([id, resource]) => [id, withoutCode(resource)])),
  Outputs: Object.fromEntries(Object.entries(Outputs).filter(([id]) => !isDeploymentBucket(id))),
});

const isDeploymentBucket = (id: string): boolean => id.startsWith('ServerlessDeploymentBucket');

/** A function's handler as the source that was bundled. @throws Error for a function without code */
const withoutCode = (resource: TemplateResource): TemplateResource => {
  if (resource.Type !== 'AWS::Lambda::Function') return resource;
  const { Code, Handler, ...properties } = resource.Properties ?? {};
  const handler = Handler as string;
  if (Code === undefined) throw new Error(`${handler} has no code`);
  return { ...resource, Properties: { ...properties, Handler: handler.replace(/^dist\/(.+)\/index\./, 'src/handlers/$1.') } };
};
