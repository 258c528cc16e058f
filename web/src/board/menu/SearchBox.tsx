import { Input, Label, SearchField } from "react-aria-components";

interface SearchBoxProps {
  label: string;
  value: string;
  onChange(value: string): void;
}

/** A field to look for something; Escape empties it. */
export function SearchBox({ label, value, onChange }: SearchBoxProps) {
  return (
    <SearchField className="field" value={value} onChange={onChange} autoComplete="off">
      <Label className="field__label">{label}</Label>
      <Input className="field__input" dir="auto" />
    </SearchField>
  );
}
