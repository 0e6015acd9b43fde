declare module 'asl-validator' {
  /** Checks a definition against the Amazon States Language; https://github.com/ChristopheBougere/asl-validator */
  const validate: (definition: object) => { isValid: boolean; errors: { 'Error code': string; Message: string }[] };
  export default validate;
}
