#include "core/trust/proposal.hpp"

namespace blc::trust {

Result<Proposal> Proposal::from_json(const text::Json& body) {
  text::Fields fields(body, "proposal");
  const auto deadline = fields.as("deadline", parse_timestamp);
  const bool of_root = fields.has("root");
  const auto& next = fields.any(of_root ? "root" : "catalog");
  BLC_CHECK(fields.finish());
  if (of_root) {
    BLC_TRY(auto root, Root::from_json(next));
    return Proposal(std::move(root), deadline);
  }
  BLC_TRY(auto catalog, Catalog::from_json(next));
  return Proposal(std::move(catalog), deadline);
}

text::Json Proposal::to_json() const {
  text::Json::Object body{{"deadline", blc::to_string(deadline_)}};
  if (const auto* const next = root()) body.emplace("root", next->to_json());
  if (const auto* const next = catalog()) body.emplace("catalog", next->to_json());
  return body;
}

const Root* Proposal::root() const {
  const auto* const held = std::get_if<std::shared_ptr<const Root>>(&next_);
  return held == nullptr ? nullptr : held->get();
}

const Catalog* Proposal::catalog() const {
  const auto* const held = std::get_if<std::shared_ptr<const Catalog>>(&next_);
  return held == nullptr ? nullptr : held->get();
}

std::uint64_t Proposal::version() const { return root() != nullptr ? root()->version() : catalog()->version(); }

}  // namespace blc::trust
