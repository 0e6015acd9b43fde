/** Folder of bronze.events for a time in milliseconds since 1970, as Firehose names it (resources/streams.yml): date and hour, UTC. */
export const eventPartition = (epochMillis: number): string => {
  const iso = new Date(epochMillis).toISOString();
  return `bronze/events/ingestion_date=${iso.slice(0, 10)}/ingestion_hour=${iso.slice(11, 13)}/`;
};
