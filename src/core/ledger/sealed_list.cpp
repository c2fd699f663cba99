#include "core/ledger/sealed_list.hpp"

namespace blc::ledger {

text::Json to_json(const std::vector<SealedItem>& items) {
  text::Json::Array list;
  for (const auto& item : items) {
    text::Json::Object element{
        {"name", item.name}, {"commitment", item.ref.commitment.hex()}, {"ciphertext", item.ref.ciphertext.hex()}};
    if (item.keyed) element.emplace("keyed", item.keyed->hex());
    list.emplace_back(std::move(element));
  }
  return list;
}

Result<std::vector<SealedItem>> sealed_items(const text::Json& list) {
  const auto* const array = list.get_if<text::Json::Array>();
  if (array == nullptr) return fail(Exit::ledger, "\"sealed\" is no list");
  std::vector<SealedItem> items;
  for (const auto& element : *array) {
    text::Fields fields(element, "sealed value");
    SealedItem item;
    item.name = fields.string("name");
    item.ref.commitment = fields.as("commitment", Digest::parse_hex);
    item.ref.ciphertext = fields.as("ciphertext", Digest::parse_hex);
    if (fields.has("keyed")) item.keyed = fields.as("keyed", Digest::parse_hex);
    BLC_CHECK(fields.finish());
    items.push_back(std::move(item));
  }
  return items;
}

std::optional<std::size_t> sealed_position(const text::Json& value) {
  const auto* const object = value.get_if<text::Json::Object>();
  if (object == nullptr || object->size() != 1) return std::nullopt;
  const auto* const position = value.find("sealed");
  if (position == nullptr) return std::nullopt;
  const auto* const number = position->get_if<std::int64_t>();
  if (number == nullptr || *number < 0) return std::nullopt;
  return static_cast<std::size_t>(*number);
}

text::Json sealed_reference(std::size_t position) { return text::Json::Object{{"sealed", position}}; }

}  // namespace blc::ledger
