/** What CloudFormation asks of a function that makes a resource: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
export interface CustomResourceRequest {
  RequestType: 'Create' | 'Update' | 'Delete';
  /** Takes one PUT with the answer; the stack waits for it. */
  ResponseURL: string;
  StackId: string;
  RequestId: string;
  LogicalResourceId: string;
}

/** CloudFormation takes 4,096 bytes of answer. */
const LONGEST_REASON = 1_000;

/**
 * Does the work and tells CloudFormation how it went; a failure is told as well, or the stack would wait for an hour, and then
 * thrown on. The resource keeps its name, so that an update never replaces it.
 * @param name what `Ref` gives
 */
export const answerCustomResource = async (request: CustomResourceRequest, name: string, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    await put(request, name, { Status: 'FAILED', Reason: String(error).slice(0, LONGEST_REASON) });
    throw error;
  }
  await put(request, name, { Status: 'SUCCESS' });
};

const put = async ({ ResponseURL, StackId, RequestId, LogicalResourceId }: CustomResourceRequest, name: string, outcome: { Status: string; Reason?: string }): Promise<void> => {
  const body = JSON.stringify({ ...outcome, PhysicalResourceId: name, StackId, RequestId, LogicalResourceId });
  // The address is signed for a request without a content type.
  const response = await fetch(ResponseURL, { method: 'PUT', headers: { 'content-type': '' }, body });
  if (!response.ok) throw new Error(`CloudFormation did not take the answer: ${response.status} ${await response.text()}`);
};
