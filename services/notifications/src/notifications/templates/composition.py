"""From a request to a text: what is asked is checked when it is stored, and becomes words at the moment of sending."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portico_errors.notifications import SealedValuesUnreadable, SmsTooLong, TemplateValuesInvalid

from chassis.errors import FieldViolation
from chassis.secrets import Opener
from notifications.shared.domain import Channel, Profile, Request
from notifications.templates.branding import branding
from notifications.templates.catalogue import ORGANIZATION, PORTAL, Catalogue, Template
from notifications.templates.presentation import MASK, MAX_TEXT_LENGTH, Kind, problem, shown
from notifications.templates.segments import MAX_PARTS
from notifications.templates.sms import Sms, fitted, masked

_MAX_NAME_LENGTH = 40
_MIN_SMS_NAME_LENGTH = 16
"""Before a name is cut shorter, the SMS does without what its link says as well."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A request that can be sent, with its secrets open; they go no further than a keyed hash of them."""

    template: Template
    secrets: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message that is to be composed: for whom, by which template, and its values, the secret ones still sealed."""

    message_id: UUID
    template: Template
    recipient: str
    language: str
    values: Mapping[str, str]
    sealed_values: bytes | None


@dataclass(frozen=True, slots=True)
class Composed:
    """A message as it goes out (`content`: a whole email, or an SMS in UTF-8) and as it is kept, secrets masked."""

    content: bytes
    subject: str
    text: str
    segment_count: int
    template_version: int
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as its recipient would read it; `subject` is empty for an SMS, `segment_count` 0 for an email."""

    subject: str
    text: str
    segment_count: int


@dataclass(frozen=True, slots=True)
class Composer:
    """Checks and renders; `public_url` has no slash at its end, `mail_from` is the address that emails come from."""

    catalogue: Catalogue
    opener: Opener
    public_url: str
    mail_from: str

    def check(self, request: Request) -> Checked:
        """Opens the secrets and looks at every value.

        Raises `TemplateNotFound`, `SealedValuesUnreadable`, `TemplateValuesInvalid` or `SmsTooLong`.
        """
        template = self.catalogue.template(request.template, request.channel)
        secrets = self._opened(request.sealed_values)
        violations = [
            *self._violations("values", template, template.values, request.values),
            *self._violations("sealed_values", template, template.sealed, secrets),
        ]
        if violations:
            raise TemplateValuesInvalid(violations=violations)
        if request.channel is Channel.SMS:
            brand = branding(Profile(), self.public_url)
            given = _given(template, {**request.values, **secrets}, Profile())
            _check_length(self._sms(template, given, request.language, brand))
        return Checked(template, secrets)

    def preview(self, template: Template, *, language: str, values: Mapping[str, str], profile: Profile) -> Preview:
        """The message in the name of an organization; the values hold its secrets, which stay in the open.

        Raises `TemplateValuesInvalid` or `SmsTooLong`.
        """
        violations = self._violations("values", template, {**template.values, **template.sealed}, values)
        if violations:
            raise TemplateValuesInvalid(violations=violations)
        brand, given = branding(profile, self.public_url), _given(template, values, profile)
        wording = template.wording(language, frozenset(given).union(brand))
        if wording.email is None:
            sms = self._sms(template, given, language, brand)
            _check_length(sms)
            return Preview("", sms.text, sms.parts.count)
        texts = {**self._shown(template, given, language), **brand}
        return Preview(wording.email.subject.filled(texts), wording.text.filled(texts), 0)

    def compose(self, draft: Draft, *, now: datetime, profile: Profile) -> Composed:
        """The message for one recipient, with its secrets open for this moment, in the name of an organization.

        Where the profile has no name, the requester's word for it stands.
        """
        template, language = draft.template, draft.language
        secrets, brand = self._opened(draft.sealed_values or b""), branding(profile, self.public_url)
        given = _given(template, {**draft.values, **secrets}, profile)
        wording = template.wording(language, frozenset(given).union(brand))
        if wording.email is None:
            sms = self._sms(template, given, language, brand)
            opened = _opened(template, secrets, sms.shown)
            kept = masked(sms, wording.text, template.sealed)
            return Composed(sms.text.encode(), "", kept, sms.parts.count, template.version, opened)
        texts = {**self._shown(template, given, language), **brand}
        email = wording.email.filled(
            texts,
            message_id=draft.message_id,
            sender_name=texts[ORGANIZATION],
            sender=self.mail_from,
            reply_to=profile.email,
            recipient=draft.recipient,
            now=now,
        )
        kept = wording.text.filled({**texts, **dict.fromkeys(template.sealed, MASK)})
        return Composed(email.content, email.subject, kept, 0, template.version, _opened(template, secrets, texts))

    def _opened(self, sealed: bytes) -> dict[str, str]:
        if not sealed:
            return {}
        try:
            return self.opener.open(sealed)
        except ValueError:
            raise SealedValuesUnreadable() from None

    def _sms(self, template: Template, values: Mapping[str, str], language: str, brand: Mapping[str, str]) -> Sms:
        def show(max_text_length: int) -> Mapping[str, str]:
            return {**self._shown(template, values, language, max_text_length), **brand}

        given = frozenset(values)
        pattern = template.wording(language, given.union(brand)).text
        whole = fitted(pattern, show, min_text_length=_MIN_SMS_NAME_LENGTH)
        return whole if whole.parts.count <= MAX_PARTS else fitted(template.wording(language, given).text, show)

    def _shown(
        self, template: Template, values: Mapping[str, str], language: str, max_text_length: int = MAX_TEXT_LENGTH
    ) -> Mapping[str, str]:
        chosen = template.chosen(values, template.wording(language).language)
        return shown(
            {name: kind for name, kind in template.kinds.items() if name in values or name == PORTAL},
            {**values, **chosen, PORTAL: self.public_url},
            language=language,
            channel=template.channel,
            max_text_length=max_text_length,
        )

    def _violations(
        self, field: str, template: Template, declared: Mapping[str, Kind], values: Mapping[str, str]
    ) -> list[FieldViolation]:
        """What is wrong, by name; never with the value, which may be a secret."""
        given = template.given(values)
        missing = [
            _violation(field, name, "VALUE_MISSING", "is missing")
            for name in declared.keys() - given.keys() - template.optional
        ]
        unknown = [_violation(field, name, "VALUE_UNDECLARED", "is not declared") for name in given.keys() - declared]
        wrong = [
            _violation(field, name, "VALUE_INVALID", words)
            for name, kind in declared.items()
            if name in given and (words := self._problem(template, name, kind, given[name]))
        ]
        return sorted(missing + unknown + wrong, key=lambda violation: violation.field)

    def _problem(self, template: Template, name: str, kind: Kind, raw: str) -> str:
        if kind is Kind.CHOICE:
            return "" if raw in template.choices[name] else "is not one of the codes that the template declares"
        return problem(kind, raw, public_url=self.public_url)


def _given(template: Template, values: Mapping[str, str], profile: Profile) -> Mapping[str, str]:
    given = template.given(values)
    return {**given, ORGANIZATION: profile.name} if profile.name else given


def _check_length(sms: Sms) -> None:
    if sms.parts.count > MAX_PARTS:
        raise SmsTooLong(f"The text takes {sms.parts.count} parts; {MAX_PARTS} are allowed.")


def _opened(template: Template, secrets: Mapping[str, str], texts: Mapping[str, str]) -> tuple[str, ...]:
    """The secrets as they came and as they are shown."""
    return tuple({*secrets.values(), *(texts[name] for name in template.sealed)})


def _violation(field: str, name: str, reason: str, words: str) -> FieldViolation:
    # The name of an undeclared value is the requester's free text: shown only when it looks like one.
    path = f"{field}.{name if name.isidentifier() and len(name) <= _MAX_NAME_LENGTH else '…'}"
    return FieldViolation(field=path, reason=reason, description=words)
