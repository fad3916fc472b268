from django.contrib import admin


class ReadOnlyAdmin(admin.ModelAdmin):
    """To be looked at: what an import wrote is not typed over, it would only come back."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
