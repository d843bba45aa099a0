import { Fragment, memo } from 'react';
import styles from './log.module.css';
import { type Piece, toPieces } from './sgr.ts';

/** A line in the colours it asked for, and what was searched for marked. It is text, whatever it holds. */
export const LineText = memo(function LineText({
  text,
  found,
}: {
  readonly text: string;
  readonly found?: string | undefined;
}) {
  return toPieces(text).map((piece, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a line never change places.
    <PieceText key={index} piece={piece} found={found} />
  ));
});

function PieceText({ piece, found }: { readonly piece: Piece; readonly found: string | undefined }) {
  const text = found ? <Marked text={piece.text} found={found} /> : piece.text;
  if (!piece.colour && !piece.bold && !piece.dim && !piece.underline) return text;
  return (
    <span
      data-colour={piece.colour ?? undefined}
      className={[piece.bold && styles.bold, piece.dim && styles.dim, piece.underline && styles.underline]
        .filter(Boolean)
        .join(' ')}
    >
      {text}
    </span>
  );
}

function Marked({ text, found }: { readonly text: string; readonly found: string }) {
  const lower = text.toLowerCase();
  const wanted = found.toLowerCase();
  const parts: { text: string; isFound: boolean }[] = [];
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
    parts.push(
      { text: text.slice(from, at), isFound: false },
      { text: text.slice(at, at + wanted.length), isFound: true },
    );
    from = at + wanted.length;
  }
  parts.push({ text: text.slice(from), isFound: false });
  return parts.map((part, index) => {
    const key = `${index}`;
    return part.isFound ? <mark key={key}>{part.text}</mark> : <Fragment key={key}>{part.text}</Fragment>;
  });
}
