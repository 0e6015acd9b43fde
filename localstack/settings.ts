/** The stage's name, and both clouds as docker-compose.yml publishes them on this machine. */
export const STAGE = 'localstack';
export const FUNCTIONS_ENDPOINT = 'http://127.0.0.1:4566';
export const LAKE_ENDPOINT = 'http://127.0.0.1:4567';
/** The lake as the functions' containers reach it. */
export const LAKE_OF_FUNCTIONS = 'http://172.31.83.3:4567';
