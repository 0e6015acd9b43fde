export { Gateway, PortInUseError } from './gateway.ts';
export type { GatewayOptions } from './gateway.ts';
export { serviceOfTarget } from './route.ts';
