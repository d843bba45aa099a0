import { Button } from './button.tsx';

interface OlderRowsProps {
  readonly asked: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly fetchNextPage: () => Promise<unknown>;
  };
}

/** The way further back in a list that begins with the newest; nothing where it has ended. */
export function OlderRows({ asked }: OlderRowsProps) {
  if (!asked.hasNextPage) return null;
  return (
    <p>
      <Button onClick={() => void asked.fetchNextPage()} busy={asked.isFetchingNextPage}>
        Older
      </Button>
    </p>
  );
}
