# Sourced after lib.sh by the tests that change what the practice's registers say; to be called in the practice.
#
#   registers                  empties them
#   consent ID REST            a consent of C-1042 to treatment; REST are further members, or others in place of its own
#   consent_of CLIENT          one of that client, without conditions
#   team ID REST, patient REST of C-1042, with ana in it
#   team_of CLIENT             one of that client
#   register TYPE ID JSON      any other
# shellcheck shell=bash
register() {
  mkdir -p "fixtures/mock/registers/$1"
  printf '%s\n' "$3" >"fixtures/mock/registers/$1/$2.json"
}

registers() {
  rm -rf fixtures/mock/registers
  mkdir -p fixtures/mock/registers
}

# resource TYPE ID MEMBERS MORE
resource() { register "$1" "$2" "$(jq -n "{resourceType: \"$1\", id: \"$2\", meta: {versionId: \"1\"}} + {$3} + {${4:-}}")"; }

consent() {
  resource Consent "$1" 'status: "active", patient: {reference: "Patient/C-1042"}, provision: {type: "permit"},
    scope: {coding: [{system: "http://terminology.hl7.org/CodeSystem/consentscope", code: "patient-privacy"}]}' "${2:-}"
}
consent_of() { consent "of-$1" "patient: {reference: \"Patient/$1\"}"; }

team() {
  resource CareTeam "$1" 'status: "active", subject: {reference: "Patient/C-1042"},
    participant: [{member: {reference: "Practitioner/ana"}}]' "${2:-}"
}

patient() {
  register Patient patient "$(jq -n "{resourceType: \"Patient\", id: \"C-1042\", meta: {versionId: \"1\"}, telecom: [$1]} + {${2:-}}")"
}
team_of() { team "of-$1" "subject: {reference: \"Patient/$1\"}"; }
