import { type ReactNode, useId } from "react";
import { Input, Label, Text, TextField } from "react-aria-components";

interface FieldProps {
  label: string;
  hint?: string;
  value: string;
  maxLength: number;
  autoFocus?: boolean;
  onChange(value: string): void;
}

export function Field({ label, hint, value, maxLength, autoFocus = false, onChange }: FieldProps) {
  return (
    <TextField
      className="field"
      value={value}
      onChange={onChange}
      maxLength={maxLength}
      isRequired
      autoFocus={autoFocus}
      autoComplete="off"
      validationBehavior="aria"
    >
      <Label className="field__label">{label}</Label>
      {/* A placeholder that nobody sees tells base.css that nothing is written yet. */}
      <Input className="field__input" dir="auto" placeholder=" " />
      {hint !== undefined && (
        <Text slot="description" className="field__hint">
          {hint}
        </Text>
      )}
    </TextField>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  onChange(value: string): void;
  children: ReactNode;
}

/** A choice of a few: the browser's own list, which every phone and screen reader knows. */
export function Choice({ label, value, onChange, children }: ChoiceProps) {
  const id = useId();
  return (
    <div className="field">
      <label className="field__label" htmlFor={id}>
        {label}
      </label>
      <select
        id={id}
        className="select"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {children}
      </select>
    </div>
  );
}
