import { useId } from "react";

interface SwitchProps {
  label: string;
  /** What the present position means, in words. */
  meaning: string;
  isOn: boolean;
  /** Waits for an answer: keeps the focus, takes no press. */
  isBusy?: boolean;
  onChange(isOn: boolean): void;
}

export function Switch({ label, meaning, isOn, isBusy = false, onChange }: SwitchProps) {
  const meaningId = useId();
  return (
    <div>
      <button
        type="button"
        role="switch"
        className="switch"
        aria-checked={isOn}
        aria-disabled={isBusy}
        aria-describedby={meaningId}
        onClick={() => isBusy || onChange(!isOn)}
      >
        <span className="switch__track" />
        <span>{label}</span>
      </button>
      <p id={meaningId} className="field__hint">
        {meaning}
      </p>
    </div>
  );
}
