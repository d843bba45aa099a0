import { Component, type ReactNode } from 'react';
import { Button } from '../parts/button.tsx';
import { Problem } from '../parts/problem.tsx';
import styles from './app.module.css';

/** A mistake of ours takes away the part it happened in, and says so; going elsewhere brings it back. */
export class ErrorBoundary extends Component<
  { readonly children: ReactNode; readonly place?: string },
  { error: unknown }
> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override componentDidUpdate(before: { readonly place?: string }) {
    if (before.place !== this.props.place && this.state.error !== null) this.setState({ error: null });
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <div className={styles.alone}>
        <Problem error={this.state.error} />
        <p className={styles.anew}>
          <Button look="primary" onClick={() => location.reload()}>
            Load the page anew
          </Button>
        </p>
      </div>
    );
  }
}
