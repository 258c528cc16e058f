import { useId } from "react";
import { Switch as AriaSwitch } from "react-aria-components";

interface SwitchProps {
  label: string;
  /** What the present position means, in words. */
  meaning: string;
  isOn: boolean;
  isDisabled?: boolean;
  onChange(isOn: boolean): void;
}

export function Switch({ label, meaning, isOn, isDisabled = false, onChange }: SwitchProps) {
  const meaningId = useId();
  return (
    <div className="switch-with-meaning">
      <AriaSwitch
        className="switch"
        isSelected={isOn}
        isDisabled={isDisabled}
        onChange={onChange}
        aria-describedby={meaningId}
      >
        <span className="switch__track" />
        <span>{label}</span>
      </AriaSwitch>
      <p id={meaningId} className="field__hint">
        {meaning}
      </p>
    </div>
  );
}
